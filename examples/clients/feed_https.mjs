// With Node's https: a code for a long-lived token, then the profile, two pages of media
// and a picture.
import { writeFile } from "node:fs/promises";
import https from "node:https";

const { CLIENT_ID, CLIENT_SECRET, REDIRECT_URI } = process.env;
const GRAPH = "https://graph.instagram.com";

function ask(url, form) {
  return new Promise((resolve, reject) => {
    const request = https.request(url, { method: form ? "POST" : "GET" }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => {
        const body = Buffer.concat(chunks);
        if (answer.statusCode === 200) resolve(body);
        else reject(new Error(body.toString()));
      });
    });
    request.on("error", reject);
    if (form) request.setHeader("Content-Type", "application/x-www-form-urlencoded");
    request.end(form && new URLSearchParams(form).toString());
  });
}

async function get(address, params) {
  return JSON.parse(await ask(params ? `${address}?${new URLSearchParams(params)}` : address));
}

async function logIn(code) {
  const short = JSON.parse(await ask("https://api.instagram.com/oauth/access_token", {
    client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uri: REDIRECT_URI,
    grant_type: "authorization_code", code,
  }));
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
const bytes = await ask(picture.media_url);
await writeFile("picture.jpg", bytes);
console.log("picture", bytes.length, "bytes");
