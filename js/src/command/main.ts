#!/usr/bin/env node
// The program `lua-persistent`.
import process from "node:process";
import { main } from "./command.ts";

main(process.argv.slice(2)).then(
  code => code !== undefined && process.exit(code),
  error => {
    console.error(`lua-persistent: ${error?.stack ?? error}`);
    process.exit(1);
  },
);
