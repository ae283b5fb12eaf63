/** One photo's form, as `POST /api/uploads` hands it out. */
export type UploadForm = { key: string; url: string; fields: Record<string, string> };

/** How long nothing may move. A slow connection may take as long as it needs. */
const patienceMilliseconds = 30_000;

/** Sends one photo with its form. Answers whether it arrived; `progress` hears of shares from 0 to 1. */
export function upload(form: UploadForm, photo: Blob, progress: (share: number) => void): Promise<boolean> {
  const body = new FormData();
  for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
  // S3 ignores what follows the file.
  body.append('file', photo, 'photo.jpg');
  // fetch tells nothing of how far a request has got.
  const sending = new XMLHttpRequest();
  return new Promise((resolve) => {
    const giveUp = (): void => sending.abort();
    let timer = setTimeout(giveUp, patienceMilliseconds);
    sending.upload.onprogress = (event) => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, patienceMilliseconds);
      if (event.lengthComputable) progress(event.loaded / event.total);
    };
    sending.onloadend = () => {
      clearTimeout(timer);
      resolve(sending.status >= 200 && sending.status < 300);
    };
    sending.open('POST', form.url);
    sending.send(body);
  });
}
