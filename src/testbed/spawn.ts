import { fileURLToPath } from 'node:url';

/**
 * The command that runs another module of this project as a program, in the form that the module `from` (its
 * `import.meta.url`) runs in itself: built, or from source through tsx. `name` is relative and has no ending.
 */
export function programCommand(from: string, name: string): string[] {
  const isSource = from.endsWith('.ts');
  const loader = isSource ? ['--import', import.meta.resolve('tsx')] : ['--enable-source-maps'];
  const path = fileURLToPath(new URL(`${name}${isSource ? '.ts' : '.js'}`, from));
  return [process.execPath, ...loader, path];
}
