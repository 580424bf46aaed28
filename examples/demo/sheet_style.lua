--- How the contact sheet looks, and the little it does: data, no logic. Rows of equal
--- height come from flex items whose breadth follows their picture (--r).
local style = {}

style.css = [[
:root { color-scheme: light dark; --paper: #fbfaf7; --card: #fff; --ink: #1d1c1a;
  --soft: #77736b; --line: #e4e0d8; --edge: #cbc5b9; --mark: #b4552d;
  --h: clamp(140px, 21vw, 264px); }
@media (prefers-color-scheme: dark) { :root { --paper: #131417; --card: #1c1e22;
  --ink: #eceae6; --soft: #94918b; --line: #2d3036; --edge: #4a4e57;
  --mark: #f0a070; } }
* { box-sizing: border-box; margin: 0; }
body { background: var(--paper); color: var(--ink); line-height: 1.45;
  font: 15px/1.45 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  max-width: 1440px; margin: 0 auto; padding: 0 clamp(14px, 3vw, 40px) 60px; }
a { color: inherit; text-decoration: none; }
a:hover time { text-decoration: underline; }
header { display: flex; gap: clamp(18px, 3vw, 36px); align-items: center;
  padding: 44px 0 24px; }
.portrait { width: clamp(84px, 12vw, 132px); aspect-ratio: 1; border-radius: 50%;
  object-fit: cover; box-shadow: 0 0 0 4px var(--paper), 0 0 0 6px var(--mark); }
h1 { font-size: clamp(22px, 3vw, 32px); font-weight: 650; letter-spacing: -.01em; }
.handle { color: var(--mark); font-weight: 550; }
.facts { margin: 6px 0; color: var(--soft); }
.facts b { color: var(--ink); margin-left: 10px; }
.facts b:first-child { margin-left: 0; }
.bio { white-space: pre-line; max-width: 60ch; }
input[name=show] { position: absolute; opacity: 0; pointer-events: none; }
nav { position: sticky; top: 0; z-index: 5; display: flex; gap: 6px; padding: 10px 0;
  overflow-x: auto; scrollbar-width: none;
  background: color-mix(in srgb, var(--paper) 92%, transparent);
  border-bottom: 1px solid var(--line); }
label { padding: 5px 14px; border-radius: 99px; color: var(--soft); cursor: pointer;
  white-space: nowrap; }
@media (max-width: 480px) { nav { gap: 1px; } label { padding: 5px 8px; } }
label b { font-weight: 500; opacity: .65; font-size: .85em; }
#all:checked ~ nav [for=all], #pictures:checked ~ nav [for=pictures],
#videos:checked ~ nav [for=videos], #albums:checked ~ nav [for=albums] {
  background: var(--ink); color: var(--paper); }
input:focus-visible ~ nav { outline: 2px solid var(--mark); outline-offset: -2px; }
#pictures:checked ~ main .post:not(.picture), #videos:checked ~ main .post:not(.video),
#albums:checked ~ main .post:not(.album) { display: none; }
h2 { margin: 34px 0 16px; font-size: 15px; font-weight: 600; color: var(--soft);
  letter-spacing: .12em; display: flex; align-items: center; gap: 14px; }
h2::after { content: ""; flex: 1; height: 1px; background: var(--line); }
.wall { display: flex; flex-wrap: wrap; gap: 24px 20px; }
.wall::after { content: ""; flex: 1000 1 var(--h); }
.post { flex: var(--r) 1 calc(var(--r) * var(--h)); min-width: 0; }
.frame { position: relative; aspect-ratio: var(--r); border-radius: 5px;
  background: var(--line); cursor: zoom-in; }
.frame > a, .frame > video, .frame > img, .strip { display: block; width: 100%;
  height: 100%; border-radius: 5px; overflow: hidden; }
.frame img, .frame video { width: 100%; height: 100%; object-fit: cover; display: block;
  transition: filter .2s; }
.post:hover img { filter: brightness(1.05) saturate(1.04); }
.album .frame { box-shadow: 4px -4px 0 -1px var(--card), 4px -4px 0 0 var(--edge),
  8px -8px 0 -2px var(--card), 8px -8px 0 -1px var(--edge); }
.frame > .strip { display: flex; overflow-x: auto; scroll-snap-type: x mandatory;
  scrollbar-width: none; }
.strip::-webkit-scrollbar { display: none; }
.page { flex: 0 0 100%; height: 100%; scroll-snap-align: start; }
.page > a { display: block; height: 100%; }
.badge { position: absolute; top: 9px; right: 9px; padding: 1px 9px 1px 8px;
  border-radius: 99px; background: rgb(0 0 0 / .5); color: #fff; font-size: 12px;
  pointer-events: none; backdrop-filter: blur(4px); }
.album .badge::before { content: "\2750\00a0"; }
.video .badge::before { content: "\25B6\FE0E"; }
.none { display: grid; place-items: center; height: 100%; padding: 16px;
  color: var(--soft); font-style: italic; text-align: center; }
figcaption { padding: 8px 2px 0; font-size: 13.5px; }
.line { display: flex; justify-content: space-between; color: var(--soft);
  font-size: 12px; }
.likes::before { content: "\2665\FE0E\00a0"; opacity: .6; }
figcaption p { height: 2.9em; overflow: hidden; white-space: pre-line;
  display: -webkit-box;
  -webkit-box-orient: vertical; -webkit-line-clamp: 2; unicode-bidi: plaintext;
  overflow-wrap: anywhere; }
dialog { border: 0; padding: 0; margin: auto; background: var(--card);
  color: var(--ink); border-radius: 10px; width: min(1080px, 94vw); max-height: 92vh;
  overflow: hidden; }
dialog[open] { display: flex; }
dialog::backdrop { background: rgb(10 10 12 / .82); }
.big .strip { display: flex; overflow-x: auto; scroll-snap-type: x mandatory;
  scrollbar-width: thin; scrollbar-color: #777 transparent; }
.big { flex: 1 1 62%; min-width: 0; background: #0c0d0f; display: flex; }
.big > *, .big .page > * { width: 100%; height: min(86vh, 860px); }
.big img, .big video { width: 100%; height: 100%; object-fit: contain; display: block; }
.text { flex: 0 1 340px; padding: 24px; overflow: auto; max-height: min(86vh, 860px); }
.text p { margin-top: 12px; white-space: pre-line; unicode-bidi: plaintext;
  overflow-wrap: anywhere; }
@media (max-width: 760px) { dialog[open] { flex-direction: column; overflow: auto; }
  .big > *, .big .page > * { height: 60vh; } .text { flex: none; } }
]]

-- Without it every picture is a link to its file and every video has its own buttons.
style.script = [[
(function () {
  var view = document.getElementById("view"), now = null;
  var posts = Array.prototype.slice.call(document.querySelectorAll(".post"));
  if (!view || !view.showModal) return;
  function show(post) {
    var frame = post.querySelector(".frame").firstElementChild.cloneNode(true);
    var line = post.querySelector(".line"), words = post.querySelector("figcaption p");
    now = post;
    view.querySelector(".big").replaceChildren(frame);
    view.querySelector(".line").replaceWith(line.cloneNode(true));
    view.querySelector(".text p").textContent = words ? words.textContent : "";
    frame.querySelectorAll("img").forEach(function (i) { i.loading = "eager"; });
    if (!view.open) view.showModal();
    var film = frame.matches("video") ? frame : frame.querySelector("video");
    if (film && frame === film) film.play().catch(function () {});
  }
  // First through the pages of an album, then on to its neighbour.
  function move(step) {
    var strip = view.querySelector(".strip");
    var at = strip && Math.round(strip.scrollLeft / strip.clientWidth) + step;
    if (strip && at >= 0 && at < strip.children.length) {
      strip.scrollTo({ left: at * strip.clientWidth, behavior: "smooth" });
      return;
    }
    var seen = posts.filter(function (p) { return p.offsetParent; });
    var next = seen[seen.indexOf(now) + step];
    if (next) { show(next); next.scrollIntoView({ block: "nearest" }); }
  }
  posts.forEach(function (post) {
    post.querySelector(".frame").addEventListener("click", function (e) {
      if (e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;
      e.preventDefault();
      show(post);
    });
    post.querySelectorAll(".frame > video").forEach(function (film) {
      film.controls = false;
      post.addEventListener("mouseenter", function () {
        film.play().catch(function () {});
      });
      post.addEventListener("mouseleave", function () { film.pause(); });
    });
  });
  view.addEventListener("click", function (e) {
    if (e.target === view) view.close();
    else if (e.target.closest(".big a")) e.preventDefault();
  });
  view.addEventListener("close", function () {
    view.querySelector(".big").replaceChildren();
  });
  document.addEventListener("keydown", function (e) {
    if (view.open && e.key === "ArrowRight") move(1);
    if (view.open && e.key === "ArrowLeft") move(-1);
  });
})();
]]

return style
