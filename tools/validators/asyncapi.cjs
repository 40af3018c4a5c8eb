// Usage: node asyncapi.cjs FILE. Prints what the official parser says of an AsyncAPI document;
// exits with 1 if that is anything at all.
"use strict";

const { Parser, fromFile } = require("@asyncapi/parser");

async function main() {
  const { document, diagnostics } = await fromFile(new Parser(), process.argv[2]).parse();
  for (const found of diagnostics) {
    console.log(`${found.code} at ${found.path.join(".")}: ${found.message}`);
  }
  if (document === undefined || diagnostics.length > 0) {
    process.exitCode = 1;
    return;
  }
  console.log(`${document.operations().all().length} operations, nothing to say of them`);
}

main();
