/** The mark by which a test knows that a text of a file was run: each of these would make a file of that name. */
export function hostileTexts(canary: string): string[] {
  return [
    `a\nnetns add zz\nnetns exec zz touch ${canary}\n#`,
    `a\r\nnetns exec zz touch ${canary}`,
    `a; touch ${canary}; #`,
    `$(touch ${canary})`,
    `\`touch ${canary}\``,
    `a' ; touch ${canary} ; '`,
    `a" ; touch ${canary} ; "`,
    `a\\\ntouch ${canary}`,
    `a | touch ${canary}`,
    `a\n\nConnection: close\r\n\r\n`,
    `a; } } load_module ${canary}; http { server {`,
    `a/emailAddress=x\n[req]\n.include ${canary}`,
    `a,DNS:*`,
    '../../../../x',
    `/${canary}`,
    'a/b',
    'a\0b',
    '--help',
    '-o/tmp/x',
    '\u001b[2J\u202e',
    'x'.repeat(5000),
    ' ',
  ];
}

/** Such texts where no canary is looked for. */
export const HOSTILE: readonly string[] = hostileTexts('/tmp/no-such-canary').filter(
  (text) => !/^(\/|\.\.|a\/b|--|-o|a,DNS|x{5000})/.test(text),
);
