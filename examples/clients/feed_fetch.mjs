// With Node's fetch: a code for a long-lived token, then the profile, two pages of media
// and a picture.
import { writeFile } from "node:fs/promises";

const { CLIENT_ID, CLIENT_SECRET, REDIRECT_URI } = process.env;
const GRAPH = "https://graph.instagram.com";

async function get(address, params = {}) {
  const url = new URL(address);
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

async function logIn(code) {
  const answer = await fetch("https://api.instagram.com/oauth/access_token", {
    method: "POST",
    body: new URLSearchParams({
      client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uri: REDIRECT_URI,
      grant_type: "authorization_code", code,
    }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  const short = await answer.json();
  const long = await get(`${GRAPH}/access_token`, {
    grant_type: "ig_exchange_token", client_secret: CLIENT_SECRET,
    access_token: short.access_token,
  });
  return long.access_token;
}

const access_token = await logIn(process.argv[2]);
const me = await get(`${GRAPH}/me`, { fields: "id,username", access_token });
console.log("user", me.username);

const fields = "media_type,media_url,timestamp";
const first = await get(`${GRAPH}/me/media`, { fields, limit: 10, access_token });
const second = await get(first.paging.next);
console.log("page 1:", first.data.length, "posts");
console.log("page 2:", second.data.length, "posts");

const picture = first.data.find((post) => post.media_type === "IMAGE");
const bytes = Buffer.from(await (await fetch(picture.media_url)).arrayBuffer());
await writeFile("picture.jpg", bytes);
console.log("picture", bytes.length, "bytes");
