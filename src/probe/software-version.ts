import { readFileSync } from 'node:fs';

/** Chokepoint's own. */
export function softwareVersion(): string {
  const file = new URL(
    import.meta.url.endsWith('.ts') ? '../../package.json' : '../../../package.json',
    import.meta.url,
  );
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
