import { locate } from '../../src/probe/locate/locate.ts';

/* Looks for a box with a request given as JSON, and prints what was found. Runs on a host of a lab. */

const found = await locate(JSON.parse(process.argv[2] ?? ''));
process.stdout.write(JSON.stringify(found));
