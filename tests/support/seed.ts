import fc from 'fast-check';

/** Property tests use the same cases in every run, so that results are reproducible; others with `SEED=N`. */
fc.configureGlobal({ seed: Number(process.env['SEED'] ?? 1) });
