import { runService } from '@orrery/service';
import { kubeProxyService } from './index.ts';

await runService({ service: kubeProxyService, configure: (settings) => settings });
