import { ORRERY_VERSION } from '@orrery/service';

/**
 * The etcd whose clients find here what they expect. Clients decide by it what they may ask for: Kubernetes asks for a watch's progress
 * from 3.4.31 on.
 */
export const ETCD_VERSION = '3.4.31';
/** The minor release whose rules the whole cluster follows. */
export const ETCD_CLUSTER_VERSION = '3.4.0';
/** What stores the data in truth. */
export const STORAGE_VERSION = `orrery-${ORRERY_VERSION}`;
