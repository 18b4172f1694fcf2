import { type ApiResponse, textResponse } from '../http/api-response.ts';

/** One check behind `/livez` and `/readyz`. */
export interface NamedCheck {
  /** Upstream's, where upstream has the check; may hold slashes. */
  readonly name: string;
  /** Only readiness depends on it. */
  readonly readinessOnly: boolean;
  /** Why it fails, or `undefined`. Never throws. */
  problem(): string | undefined | Promise<string | undefined>;
}

interface CheckResult {
  readonly check: NamedCheck;
  readonly excluded: boolean;
  readonly problem: string | undefined;
}

const endpoints = new Set(['healthz', 'livez', 'readyz']);
const ping: NamedCheck = { name: 'ping', readinessOnly: false, problem: () => undefined };

/** `/healthz`, `/livez`, `/readyz`, with `?verbose`, `?exclude=` and single checks, in upstream's words. */
export class HealthEndpoints {
  private readonly checks: readonly NamedCheck[];

  constructor(checks: readonly NamedCheck[]) {
    this.checks = [ping, ...checks];
  }

  /** `undefined` for a path that is none of them. */
  answer(path: string, query: URLSearchParams): Promise<ApiResponse> | undefined {
    const [, endpoint = '', ...rest] = path.split('/');
    if (!endpoints.has(endpoint)) return undefined;
    const checks = this.checks.filter((check) => endpoint === 'readyz' || !check.readinessOnly);
    if (rest.length === 0) return summary(endpoint, checks, query);
    const single = checks.find(({ name }) => name === rest.join('/'));
    return single === undefined ? undefined : singleAnswer(single);
  }
}

async function singleAnswer(check: NamedCheck): Promise<ApiResponse> {
  const problem = await check.problem();
  return problem === undefined ? textResponse('ok') : textResponse(`internal server error: ${problem}\n`, 500);
}

/** What is wrong is not for everybody to read: the reasons are in the answers of the single checks, and in the log. */
async function summary(endpoint: string, checks: readonly NamedCheck[], query: URLSearchParams): Promise<ApiResponse> {
  const excluded = new Set(query.getAll('exclude'));
  const results = await Promise.all(
    checks.map(async (check): Promise<CheckResult> => {
      const isExcluded = excluded.delete(check.name);
      return { check, excluded: isExcluded, problem: isExcluded ? undefined : await check.problem() };
    }),
  );
  const lines = results.map(lineOf);
  if (excluded.size > 0) {
    const names = [...excluded].map((name) => JSON.stringify(name)).join(',');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  const failed = results.some(({ problem }) => problem !== undefined);
  if (failed) return textResponse(`${lines.join('\n')}\n${endpoint} check failed\n`, 500);
  return textResponse(query.has('verbose') ? `${lines.join('\n')}\n${endpoint} check passed\n` : 'ok');
}

function lineOf({ check, excluded, problem }: CheckResult): string {
  if (excluded) return `[+]${check.name} excluded: ok`;
  return problem === undefined ? `[+]${check.name} ok` : `[-]${check.name} failed: reason withheld`;
}
