// Reads a JSON object of documents by name from standard input; prints a JSON object of what
// jsonapi-validator says of each that is at fault, {} if none is.
"use strict";

const { readFileSync } = require("node:fs");
const { Validator } = require("jsonapi-validator");

const validator = new Validator();
const faults = {};
for (const [name, document] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  try {
    validator.validate(document);
  } catch (error) {
    faults[name] = error.errors.map((found) => `${found.dataPath}: ${found.message}`);
  }
}
console.log(JSON.stringify(faults));
