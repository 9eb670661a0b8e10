// An hour's use in fast motion: a world that changes by assignment. The same for Node and for pages.
export const HOUR = {
  runs: 10000,
  begin:
    "Memory.world = { time = 0, people = {} } for i = 1, 20 do Memory.world.people[i] = { name = 'n' .. i, at = { x = i, y = 0 } } end",
  /** @param {number} i number of the run, from 1 on */
  step: i => `local world = Memory.world
    world.people[${(i * 7) % 20} + 1] = { name = "n", at = { x = ${i}, y = ${i % 9} }, bag = { "a", { ${i} } } }
    Memory.log = { last = { run = ${i} } }
    if ${i} % 100 == 0 then Memory.world = { time = ${i}, people = ext.copy(world.people) } end`,
  check: "return Memory.log.last.run",
};
