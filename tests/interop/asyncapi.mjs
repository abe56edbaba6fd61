// node asyncapi.mjs: prints what the official AsyncAPI 3.0 schema finds wrong with each of the documents in the JSON array on stdin, as an array of arrays.
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import Ajv from 'ajv';
import formats from 'ajv-formats';

const schema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0-without-$id.json');
const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
formats(ajv);
const isValid = ajv.compile(schema);
const wrongWith = document => isValid(document) ? [] : isValid.errors.map(error => `${error.instancePath} ${error.message}`);
console.log(JSON.stringify(JSON.parse(await text(process.stdin)).map(wrongWith)));
