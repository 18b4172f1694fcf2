import { type ApiResponse, textResponse } from '../http/api-response.ts';

/** One check behind `/livez` and `/readyz`. */
export interface NamedCheck {
  readonly name: string;
  /** Only readiness depends on it. */
  readonly readinessOnly: boolean;
  /** Why it fails, or `undefined`. */
  problem(): string | undefined;
}

/** `/healthz`, `/livez`, `/readyz`, with `?verbose`, `?exclude=` and single checks, in upstream's words. */
export class HealthEndpoints {
  constructor(private readonly checks: readonly NamedCheck[]) {}

  /** `undefined` for a path that is none of them. */
  answer(path: string, query: URLSearchParams): ApiResponse | undefined {
    const [, endpoint = '', single, ...rest] = path.split('/');
    if (!['healthz', 'livez', 'readyz'].includes(endpoint) || rest.length > 0) return undefined;
    const checks = this.checks.filter((check) => endpoint === 'readyz' || !check.readinessOnly);
    if (single !== undefined && single !== '') return singleAnswer(checks, single);
    const excluded = new Set(query.getAll('exclude'));
    return summary(endpoint, checks, excluded, query.has('verbose'));
  }
}

function singleAnswer(checks: readonly NamedCheck[], name: string): ApiResponse | undefined {
  if (name === 'ping') return textResponse('ok');
  const check = checks.find((other) => other.name === name);
  if (check === undefined) return undefined;
  const problem = check.problem();
  return problem === undefined ? textResponse('ok') : textResponse(`internal server error: ${problem}\n`, 500);
}

function summary(
  endpoint: string,
  checks: readonly NamedCheck[],
  excluded: ReadonlySet<string>,
  verbose: boolean,
): ApiResponse {
  const lines = ['[+]ping ok'];
  let failed = false;
  for (const check of checks) {
    const problem = excluded.has(check.name) ? undefined : check.problem();
    failed ||= problem !== undefined;
    if (excluded.has(check.name)) lines.push(`[+]${check.name} excluded: ok`);
    else lines.push(problem === undefined ? `[+]${check.name} ok` : `[-]${check.name} failed: ${problem}`);
  }
  if (failed) return textResponse(`${lines.join('\n')}\n${endpoint} check failed\n`, 500);
  return textResponse(verbose ? `${lines.join('\n')}\n${endpoint} check passed\n` : 'ok');
}
