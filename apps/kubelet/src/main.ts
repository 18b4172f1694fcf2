import { runService } from '@orrery/service';
import { kubeletProcess } from './kubelet.process.ts';

await runService(kubeletProcess);
