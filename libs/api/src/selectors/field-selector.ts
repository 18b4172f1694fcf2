import { SelectorError } from './selector-error.ts';

/** One condition of a field selector. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** Chooses objects by the few fields that their resource offers for it. */
export interface FieldMatcher {
  /** `fields` as `fieldsOf` gives them; a field that is not there counts as empty. */
  matches(fields: Readonly<Record<string, string>>): boolean;
  readonly empty: boolean;
  readonly requirements: readonly FieldRequirement[];
  /** The value that `field` must have, where the selector demands one: lets a caller read one object instead of all. */
  exact(field: string): string | undefined;
  toString(): string;
}

/** Parses `metadata.name=x,spec.nodeName!=y`; `\` escapes `,`, `=` and itself. Throws `SelectorError` with upstream's text. */
export function parseFieldSelector(text: string): FieldMatcher {
  const requirements = splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, text));
  return new FieldRequirements(requirements);
}

class FieldRequirements implements FieldMatcher {
  constructor(readonly requirements: readonly FieldRequirement[]) {}

  get empty(): boolean {
    return this.requirements.length === 0;
  }

  matches(fields: Readonly<Record<string, string>>): boolean {
    return this.requirements.every(({ field, operator, value }) => {
      const equal = (fields[field] ?? '') === value;
      return operator === '=' ? equal : !equal;
    });
  }

  exact(field: string): string | undefined {
    return this.requirements.find((requirement) => requirement.field === field && requirement.operator === '=')?.value;
  }

  toString(): string {
    return this.requirements.map(({ field, operator, value }) => `${field}${operator}${escapeValue(value)}`).join(',');
  }
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === ',') {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...terms, text.slice(start)];
}

function parseTerm(term: string, selector: string): FieldRequirement {
  const match = /^((?:[^\\!=]|\\.|!(?!=))*)(!=|==|=)(.*)$/s.exec(term);
  if (!match) throw new SelectorError(`invalid selector: '${selector}'; can't understand '${term}'`);
  const [, field = '', operator = '', value = ''] = match;
  return { field, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(value) };
}

function unescapeValue(text: string): string {
  let value = '';
  for (let at = 0; at < text.length; at++) {
    const c = text.charAt(at);
    if (c === ',' || c === '=') throw new SelectorError(`invalid field selector: unescaped character in value: ${c}`);
    if (c !== '\\') {
      value += c;
      continue;
    }
    const escaped = text.charAt(++at);
    if (escaped === '' || !'\\,='.includes(escaped)) {
      throw new SelectorError(`invalid field selector: invalid escape sequence: \\${escaped}`);
    }
    value += escaped;
  }
  return value;
}

function escapeValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&');
}
