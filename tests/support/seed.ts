import fc from 'fast-check';

/** Property tests draw the same cases in every run, so that a run judges the change alone; others with `SEED=N`. */
fc.configureGlobal({ seed: Number(process.env['SEED'] ?? 1) });
