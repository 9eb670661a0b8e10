// The examples, which are files of examples/page/: the first line of each says why.
import adventure from "../../../examples/page/adventure.lua";
import automaton from "../../../examples/page/automaton.lua";
import bank from "../../../examples/page/bank.lua";
import counter from "../../../examples/page/counter.lua";
import hostile from "../../../examples/page/hostile.lua";
import rules from "../../../examples/page/rules.lua";
import { cellsOfFile } from "../logic/lua-file.mjs";

/** @returns {{label: string, why: string, codes: string[]}[]} */
export const examples = () =>
  [counter, adventure, automaton, rules, bank, hostile].map(text => {
    const [first, ...codes] = cellsOfFile(text);
    const [, label, why] = /^-- ([^:]+): (.*)$/m.exec(first);
    return { label, why: why[0].toUpperCase() + why.slice(1), codes };
  });
