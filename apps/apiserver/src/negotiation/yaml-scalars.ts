import { type InexactInteger, isInexactInteger, mayHoldInexactIntegers } from '@orrery/api';
import {
  type Document,
  type DocumentOptions,
  isPair,
  isScalar,
  type Node,
  type Pair,
  type ParseOptions,
  parseDocument,
  type ScalarTag,
  type SchemaOptions,
  visit,
} from 'yaml';

/** Words that YAML 1.1 takes for booleans. Upstream's library (go-yaml 2) does so for keys as well: `on: x` has the key `true`. */
const booleans: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: /^(?:y|Y|yes|Yes|YES|on|On|ON|true|True|TRUE|n|N|no|No|NO|off|Off|OFF|false|False|FALSE)$/,
  resolve: (text) => /^(?:y|on|true)/i.test(text),
};

const integerForm = /^[-+]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|0[0-7_]*|[1-9][\d_]*)$/;

/** Go's forms of an integer: a leading zero means octal, underscores may stand between digits. */
const integers: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: integerForm,
  resolve: (text) => Number(integerOf(text)),
};

/** Whatever looks like a number and is no integer, such as `08`. YAML 1.1's base 60 is no number to upstream either. */
const floats: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^[-+]?(?:\.\d[\d_]*|\d[\d_]*(?:\.[\d_]*)?)(?:[eE][-+]?\d+)?$/,
  resolve: (text) => Number(text.replaceAll('_', '')),
};

type Options = ParseOptions & DocumentOptions & SchemaOptions;

const asGoReads: Options = {
  version: '1.2',
  merge: true,
  customTags: (tags) => [booleans, integers, floats, ...tags],
};

/** A YAML document whose plain scalars mean what they mean to upstream. Timestamps stay texts. Its errors are for the caller to look at. */
export function readYamlDocument(text: string): Document.Parsed {
  return parseDocument(text, asGoReads);
}

/** The integers of a document that JavaScript rounds. */
export function inexactYamlIntegers(document: Document, text: string): InexactInteger[] {
  const found: InexactInteger[] = [];
  if (!mayHoldInexactIntegers(text.replaceAll('_', ''))) return found;
  visit(document, {
    Scalar(_key, { value, source, type }, ancestors) {
      if (typeof value !== 'number' || type !== 'PLAIN' || source === undefined || !integerForm.test(source)) return;
      const literal = String(integerOf(source));
      if (isInexactInteger(literal)) found.push({ path: pathOf(ancestors), text: literal });
    },
  });
  return found;
}

function integerOf(text: string): bigint {
  const digits = text.replaceAll('_', '').replace(/^[-+]/, '');
  const value = BigInt(digits.replace(/^0[oO]?(?=[0-7])/, '0o'));
  return text.startsWith('-') ? -value : value;
}

function pathOf(ancestors: readonly (Document | Node | Pair)[]): string {
  const keys = ancestors.filter(isPair).map(({ key }) => (isScalar(key) ? String(key.value) : ''));
  return keys.join('.');
}
