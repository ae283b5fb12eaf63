/** The longest edge of what is sent; the city keeps no larger one. */
const longestEdge = 2048;
const jpegQuality = 0.85;

/** An original beyond this is not opened: decoding it could end the page. What is sent is far smaller. */
export const originalLimitMegabytes = 40;

export type PhotoRefusal = 'not-an-image' | 'unreadable' | 'too-large';
export type Shrunk = { ok: true; blob: Blob } | { ok: false; refusal: PhotoRefusal };

/**
 * Turns a photo, upright, into a JPEG whose longest edge has at most 2048 pixels. Nothing but the picture is
 * left: where and with what it was taken stays on the device.
 */
export async function shrinkPhoto(file: File, limitBytes: number): Promise<Shrunk> {
  // Some systems name no type; those files are judged by opening them.
  if (file.type !== '' && !file.type.startsWith('image/')) return { ok: false, refusal: 'not-an-image' };
  if (file.size > originalLimitMegabytes * 1024 * 1024) return { ok: false, refusal: 'too-large' };
  const address = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const scale = Math.min(1, longestEdge / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
    canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
    const context = canvas.getContext('2d');
    if (!context) return { ok: false, refusal: 'unreadable' };
    // Where the picture is transparent, JPEG would be black.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) =>
      canvas.toBlob(resolve, 'image/jpeg', jpegQuality),
    );
    if (!blob) return { ok: false, refusal: 'unreadable' };
    return blob.size > limitBytes ? { ok: false, refusal: 'too-large' } : { ok: true, blob };
  } catch {
    return { ok: false, refusal: file.type === '' ? 'not-an-image' : 'unreadable' };
  } finally {
    URL.revokeObjectURL(address);
  }
}
