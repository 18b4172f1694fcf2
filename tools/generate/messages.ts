/** Generates the message code of `libs/proto` from `proto/`. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..', '..'));
rmSync('libs/proto/src/generated', { recursive: true, force: true });
for (const part of ['orrery', 'cri', 'etcd']) {
  execFileSync('node_modules/.bin/buf', ['generate', '--template', `tools/generate/buf.gen.${part}.yaml`], {
    stdio: 'inherit',
  });
}
