export * from './controller.module.ts';
export * from './reconciler/outcome.ts';
export * from './reconciler/reconciler.ts';
export * from './runtime/controller-runtime.ts';
