/** Generates what is not committed: message code from `proto/`, API types and tables from `libs/api/facts/`. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { generateApi } from './api-types.ts';

rmSync('libs/proto/src/generated', { recursive: true, force: true });
for (const part of ['orrery', 'cri']) {
  execFileSync('node_modules/.bin/buf', ['generate', '--template', `tools/generate/buf.gen.${part}.yaml`], {
    stdio: 'inherit',
  });
}
generateApi('libs/api/facts', 'libs/api/src/generated');
