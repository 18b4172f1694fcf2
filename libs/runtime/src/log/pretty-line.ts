const COLOUR: Readonly<Record<string, string>> = { debug: '90', info: '36', warn: '33', error: '31' };

/** A JSON log line as a person likes to read it: `05:01:51.123 INFO  pod started pod=default/web-1`. */
export function prettyLine(json: string): string {
  const { time, level, message, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const clock = String(time).slice(11, 23);
  const label = String(level).toUpperCase().padEnd(5);
  const colour = COLOUR[String(level)] ?? '0';
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${shown(value)}`);
  return `${clock} \u001b[${colour}m${label}\u001b[0m ${String(message ?? '')}${rest.join('')}\n`;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return /[\s"=]/.test(value) ? JSON.stringify(value) : value;
  return JSON.stringify(value) ?? 'undefined';
}
