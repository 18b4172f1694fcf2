import { execFileSync } from 'node:child_process';
import { describe } from '@jest/globals';
import { kubectlPath } from '../e2e/kubectl-versions.ts';

/** `describe` where kubectl is installed. Elsewhere its tests are skipped, which is said aloud, so that nobody takes that for success. */
export function describeWithKubectl(name: string, tests: () => void): void {
  const installed = isInstalled();
  if (!installed) process.stderr.write(`kubectl is not installed: the tests of "${name}" are not run\n`);
  (installed ? describe : describe.skip)(name, tests);
}

function isInstalled(): boolean {
  try {
    execFileSync(kubectlPath(), ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
