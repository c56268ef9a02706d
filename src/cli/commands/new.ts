import { ChokepointError } from '../../base/errors.ts';
import { NAME } from '../../base/name.ts';
import { writing } from '../../base/writing.ts';
import { writeNew } from '../../files/own-file.ts';
import { exampleScenario } from '../../scenario/example.ts';
import { schemaFile } from '../../scenario/library.ts';
import { parseScenario } from '../../scenario/parse.ts';
import { commandName } from '../command-name.ts';
import { printLines } from '../terminal.ts';

/** Writes a small scenario that already runs, into a file of the scenario's name in this folder. */
export function newScenario(id: string): void {
  if (!NAME.test(id)) {
    throw new ChokepointError('USAGE', `expected an id for the scenario; found "${id}"`, {
      hint: 'write lower-case letters, digits and dashes, 32 at most, such as xx-2026',
    });
  }
  const file = `${id}.yaml`;
  const text = `# yaml-language-server: $schema=${schemaFile()}\n${exampleScenario(id)}`;
  parseScenario(text, file);
  writing(file, () => writeScenario(file, text), 'change to a folder that you can write to');
  const command = commandName();
  printLines(
    `${file}: a scenario to begin with; scenarios/REFERENCE.md explains every field`,
    '',
    'next:',
    `  ${command} check ${file}`,
    `  ${command} run ${file}`,
  );
}

function writeScenario(file: string, text: string): void {
  try {
    writeNew(file, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new ChokepointError('USAGE', `${file} is there already, and is left as it is`, {
      hint: 'choose another id, or remove the file',
    });
  }
}
