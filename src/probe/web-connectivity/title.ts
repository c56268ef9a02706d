/** The title of a page; of a longer one than 512 characters, none, as OONI's probe has it (probe-cli, measurexlite). */
export function titleOf(body: string): string {
  return /<title>([^<]{1,512})<\/title>/i.exec(body)?.[1] ?? '';
}
