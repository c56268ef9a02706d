import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { Measurement } from '../src/ooni/measurement.ts';
import { CensorFile } from '../src/scenario/censor-file.ts';
import { ScenarioFile } from '../src/scenario/schema.ts';
import { ToolFile } from '../src/scenario/tool-schema.ts';
import { referenceOf } from './reference.ts';

/* Into a folder: JSON Schemas, for editors that complete and check YAML, and the same for people; and of measurements. */

const [, , folder = '.'] = process.argv;
const files = {
  'schema.json': schemaOf('Chokepoint scenario', ScenarioFile),
  'censor.schema.json': schemaOf('Chokepoint censor', CensorFile),
  'tool.schema.json': schemaOf('Chokepoint circumvention tool', ToolFile),
  'measurement.schema.json': schemaOf('Chokepoint measurement', Measurement),
  'REFERENCE.md': referenceOf(),
};
for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);

function schemaOf(title: string, file: z.ZodType): string {
  const schema = z.toJSONSchema(file, { io: 'input' });
  return `${JSON.stringify({ title, ...schema }, undefined, 2)}\n`;
}
