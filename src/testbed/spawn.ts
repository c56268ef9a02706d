import { fileURLToPath } from 'node:url';

/** The command that runs a module of this project as a program: as it is, built or from source. */
export function moduleCommand(url: URL): string[] {
  const path = fileURLToPath(url);
  const loader = path.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : [];
  return [process.execPath, ...loader, path];
}

/** A sibling module, in the form that this one runs in: `.ts` from source, `.js` when built. */
export function siblingModule(from: string, name: string): URL {
  return new URL(`${name}${from.endsWith('.ts') ? '.ts' : '.js'}`, from);
}
