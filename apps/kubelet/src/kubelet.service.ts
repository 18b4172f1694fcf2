import type { Service } from '@orrery/service';
import { kubeletModule } from './kubelet.module.ts';
import type { KubeletConfig } from './kubelet-config.ts';

/** The node agent. */
export const kubeletService: Service<KubeletConfig> = { name: 'kubelet', module: kubeletModule };
