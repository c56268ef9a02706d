import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { ScenarioFile } from '../src/scenario/schema.ts';

/* The JSON Schema of scenario files, for editors that complete and check YAML. */

const schema = z.toJSONSchema(ScenarioFile, { io: 'input' });
const titled = { title: 'Chokepoint scenario', ...schema };
writeFileSync(process.argv[2] as string, `${JSON.stringify(titled, undefined, 2)}\n`);
