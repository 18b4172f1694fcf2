/** One thing that is wrong with the text of an expression. */
export interface CelIssue {
  /** In code points. */
  readonly offset: number;
  readonly message: string;
}

/** The expression does not compile. The message lists all issues with the lines they are in, as cel-go writes them. */
export class CelCompileError extends Error {
  override readonly name = 'CelCompileError';

  constructor(
    readonly expression: string,
    readonly issues: readonly CelIssue[],
  ) {
    super(issuesText(expression, issues));
  }
}

function issuesText(expression: string, issues: readonly CelIssue[]): string {
  const characters = [...expression];
  const sorted = [...issues].sort((a, b) => a.offset - b.offset);
  return sorted.map((issue) => issueText(characters, issue)).join('\n');
}

function issueText(characters: readonly string[], { offset, message }: CelIssue): string {
  const before = characters.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const lineNumber = before.filter((character) => character === '\n').length + 1;
  const rest = characters.indexOf('\n', lineStart);
  const line = characters.slice(lineStart, rest === -1 ? undefined : rest);
  const column = offset - lineStart;
  const dots = line.slice(0, column).map((character) => (isWide(character) ? '．' : '.'));
  const mark = isWide(line[column] ?? ' ') ? '＾' : '^';
  return `ERROR: <input>:${lineNumber}:${column + 1}: ${message}\n | ${line.join('').replaceAll('\t', ' ')}\n | ${dots.join('')}${mark}`;
}

/** cel-go marks a character of more than one byte with a wide mark, so that columns line up. */
function isWide(character: string): boolean {
  return (character.codePointAt(0) ?? 0) > 0x7f;
}
