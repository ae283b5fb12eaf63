/** What a photo may be. The form is told by `GET /api/city`, so that nothing is refused only after sending. */
export const photoLimits = {
  count: 9,
  bytes: 10 * 1024 * 1024,
  /** A decoded photo beyond this would not fit in a function's memory. */
  pixels: 60_000_000,
  /** No camera makes a longer edge; a line of sixty million pixels keeps the decoder busy for a minute. */
  edge: 20_000,
  /** How long an upload form and a link to a photo stay valid. */
  uploadSeconds: 600,
  linkSeconds: 600,
} as const;

/** The kinds of image taken, by the name their header gives them. */
export const photoTypes = { jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp' } as const;
export type PhotoType = (typeof photoTypes)[keyof typeof photoTypes];

export const textLimits = { description: { least: 2, most: 2000 } } as const;

/** How many days a repeated submission is recognised by its idempotency key. */
export const replayDays = 7;
