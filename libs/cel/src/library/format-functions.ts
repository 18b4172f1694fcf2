import {
  dns1035LabelErrors,
  dnsLabelErrors,
  dnsSubdomainErrors,
  labelValueErrors,
  qualifiedNameErrors,
} from '@orrery/api';
import { types } from '../types/cel-type.ts';
import { OpaqueValue, OptionalValue } from '../values/cel-value.ts';
import { ListValue } from '../values/list-value.ts';
import { TimestampValue } from '../values/timestamp-value.ts';
import { type CelLibrary, fn, method } from './cel-function.ts';
import { urlProblem } from './url-functions.ts';

const { string } = types;
const formatType = types.opaque('kubernetes.NamedFormat');
const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

class FormatValue extends OpaqueValue {
  override readonly typeName = 'kubernetes.NamedFormat';

  constructor(
    readonly name: string,
    readonly problems: (text: string) => readonly string[],
  ) {
    super();
  }
}

const formats: Readonly<Record<string, (text: string) => readonly string[]>> = {
  dns1123Label: dnsLabelErrors,
  dns1123Subdomain: dnsSubdomainErrors,
  dns1035Label: dns1035LabelErrors,
  qualifiedName: qualifiedNameErrors,
  dns1123LabelPrefix: (text) => dnsLabelErrors(maskedDash(text)),
  dns1123SubdomainPrefix: (text) => dnsSubdomainErrors(maskedDash(text)),
  dns1035LabelPrefix: (text) => dns1035LabelErrors(maskedDash(text)),
  labelValue: labelValueErrors,
  uri: (text) => urlProblem(text) ?? [],
  uuid: (text) => (uuid.test(text) ? [] : ['does not match the UUID format']),
  byte: (text) => (text !== '' && base64.test(text) ? [] : ['invalid base64']),
  date: (text) => (TimestampValue.parse(`${text}T00:00:00Z`) === undefined ? ['invalid date'] : []),
  datetime: (text) => (TimestampValue.parse(text) === undefined ? ['invalid datetime'] : []),
};
const values = new Map(Object.entries(formats).map(([name, problems]) => [name, new FormatValue(name, problems)]));

/** Kubernetes' named formats. */
export const formatFunctions: CelLibrary = [
  ...[...values].map(([name, value]) => fn(`format.${name}`, `format.${name}`, [], formatType, () => value)),
  fn('format.named', 'format-named', [string], types.optional(formatType), (name: string) => {
    const value = values.get(name);
    return value === undefined ? OptionalValue.none : OptionalValue.of(value);
  }),
  method(
    'validate',
    'format-validate',
    [formatType, string],
    types.optional(types.list(string)),
    (format: FormatValue, text: string) => {
      const problems = format.problems(text);
      return problems.length === 0 ? OptionalValue.none : OptionalValue.of(ListValue.of(problems));
    },
  ),
];

/** The beginning of a name may end with a dash. */
function maskedDash(text: string): string {
  return text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text;
}
