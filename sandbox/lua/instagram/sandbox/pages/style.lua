--- The one style sheet of all pages: readable on a phone, in light and dark.

local people = require "instagram.sandbox.pages.style_people"
local window = require "instagram.sandbox.pages.style_window"

local style = { path = "/sandbox/style.css", icon_path = "/sandbox/icon.svg" }

-- A frame with a hill and a sun.
style.icon = [[
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect x="2" y="2" width="28" height="28" rx="8" fill="#7a3ff2"/>
<circle cx="21" cy="11" r="4" fill="#ffd166"/>
<path d="M6 25 14 14l6 8 2-3 4 6z" fill="#fff"/>
</svg>
]]

-- Colours by what they are for; every text stands out by 4.5 : 1 at least, what can be
-- typed into or pressed by 3 : 1.
style.sheet = [[
:root { color-scheme: light dark; --ink: #1c1e21; --dim: #5b6067; --paper: #fff;
  --ground: #fafafa; --soft: #f0f2f5; --line: #dbdee2; --edge: #868b93;
  --accent: #0064d1; --on-accent: #fff; --bad: #b3001b; --bad-soft: #fdeef0;
  --good-soft: #e7f3ec }
@media (prefers-color-scheme: dark) { :root { --ink: #f1f3f5; --dim: #a8adb5;
  --paper: #121315; --ground: #000; --soft: #24272b; --line: #2f3338; --edge: #767c86;
  --accent: #6cb2ff; --on-accent: #07182b; --bad: #ff8a94; --bad-soft: #33161a;
  --good-soft: #10291c } }
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100% }
body { margin: 0; color: var(--ink); background: var(--ground);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial,
  sans-serif; overflow-wrap: anywhere }
main { max-width: 60rem; margin: 0 auto; padding: 1.25rem 1rem 4rem }
main:focus { outline: 0 }
h1, h2, h3 { line-height: 1.25; text-wrap: balance }
h1 { font-size: 1.5rem; margin: .5rem 0 1rem }
h2 { font-size: 1.125rem; margin: 2rem 0 .75rem }
h3 { font-size: 1rem; margin: 1.25rem 0 .5rem }
hr { border: 0; border-top: 1px solid var(--line); margin: 1.25rem 0 }
a { color: var(--accent); text-underline-offset: .15em }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px;
  border-radius: 4px }
.skip { position: absolute; left: .5rem; top: -4rem; z-index: 1; padding: .5rem 1rem;
  background: var(--accent); color: var(--on-accent); border-radius: 0 0 8px 8px }
.skip:focus { top: 0 }
header { background: var(--paper); border-bottom: 1px solid var(--line) }
header nav { max-width: 60rem; margin: 0 auto; padding: 0 .5rem }
nav ul { display: flex; flex-wrap: wrap; gap: 0 1rem; list-style: none; margin: 0;
  padding: 0 }
header ul { gap: 0 }
nav a[aria-current] { color: var(--ink); font-weight: 600 }
header nav a { display: block; padding: .6rem .5rem; color: var(--dim);
  text-decoration: none; border-bottom: 2px solid transparent }
header nav a:hover { color: var(--ink) }
header nav a[aria-current] { font-weight: 600; color: var(--ink);
  border-bottom-color: var(--ink) }
button, .button, input, select, textarea { font: inherit; color: inherit;
  max-width: 100%; border-radius: 8px }
input:not([type=checkbox]):not([type=radio]), select, textarea { padding: .55rem .75rem;
  min-height: 44px; background: var(--paper); border: 1px solid var(--edge) }
input[type=checkbox], input[type=radio] { width: 1.25rem; height: 1.25rem; margin: 0;
  accent-color: var(--accent); vertical-align: -.25rem }
button, .button { display: inline-block; min-height: 44px; padding: .55rem 1.1rem;
  border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent);
  font-weight: 600; cursor: pointer; text-align: center; text-decoration: none }
button:hover, .button:hover { filter: brightness(1.08) }
button.quiet, .button.quiet { background: transparent; color: var(--accent) }
button.quiet:hover, .button.quiet:hover { background: var(--soft); filter: none }
button.link { border: 0; background: none; padding: 0 .15rem; color: var(--accent);
  text-decoration: underline; text-underline-offset: .15em }
.field { margin: 0 0 1rem }
.field label { display: block; font-weight: 600; margin-bottom: .25rem }
.field input, .field select, .field textarea { width: 100%; max-width: 30rem }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap }
.hint { color: var(--dim); font-size: .9rem }
.problem, .done, .note, .warning { padding: .65rem .9rem; border-radius: 8px }
.problem { color: var(--bad); background: var(--bad-soft); font-weight: 600 }
.done { background: var(--good-soft) }
.note, .warning { background: var(--soft) }
.warning { border-left: 4px solid var(--bad) }
.face { width: 44px; height: 44px; flex: none; border-radius: 50%; object-fit: cover;
  background: var(--soft); border: 1px solid var(--line) }
.names { display: flex; flex-direction: column; min-width: 0; line-height: 1.3;
  text-align: left }
.names span { color: var(--dim); font-size: .9rem; font-weight: 400 }
.wide { overflow-x: auto; position: relative; margin: 1rem 0 }
table { border-collapse: collapse; width: 100%; background: var(--paper) }
caption { text-align: left; font-weight: 600; padding: .35rem 0 }
th, td { text-align: left; padding: .5rem .75rem; vertical-align: top;
  border-bottom: 1px solid var(--line); overflow-wrap: normal }
td { min-width: 5rem }
td code { overflow-wrap: anywhere }
th { color: var(--dim); font-size: .9rem; white-space: nowrap }
@media (max-width: 30rem) {
  .wide table, .wide caption, .wide tbody, .wide tr, .wide td { display: block }
  .wide thead { position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%) }
  .wide tr { padding: .5rem 0; border-bottom: 1px solid var(--line) }
  .wide table { padding: 0 .75rem }
  .wide td { padding: .15rem 0; border: 0; min-width: 0; overflow-wrap: anywhere }
  .wide td::before { content: attr(data-label) ": "; color: var(--dim);
    font-size: .9rem }
  .wide td:has(form)::before { content: none }
  .wide tr:last-child { border: 0 } }
code, pre { font: .9em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace;
  background: var(--soft); border-radius: 4px; overflow-wrap: anywhere }
code { padding: .05rem .25rem }
pre { padding: .75rem 1rem; border-radius: 8px; white-space: pre-wrap }
pre code { padding: 0; font-size: 1em }
fieldset { border: 0; margin: 0; padding: 0; min-width: 0 }
legend { padding: 0; font-weight: 600 }
summary { cursor: pointer; padding: .35rem 0 }
.dashboard { display: grid; gap: 1rem 2rem }
@media (min-width: 48rem) { .dashboard { grid-template-columns: 13rem 1fr } }
.content { min-width: 0 }
.side h2 { font-size: .875rem; margin: .5rem 0 0 }
.content .wide, .content section { margin: 1rem 0 }
.content h2, .content h3 { overflow-wrap: anywhere }
.side div { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: baseline }
.side a { display: inline-block; padding: .2rem 0; text-decoration: none }
.side a:hover { text-decoration: underline }
@media (min-width: 48rem) { .side div, .side ul { display: block } }
.badge, time { white-space: nowrap }
.badge { border: 1px solid var(--line); border-radius: 6px; padding: 0 .5rem }
.copy { user-select: all }
textarea.copy { width: 100%; font-family: monospace; field-sizing: content }
dl { display: grid; gap: .25rem 1rem }
@media (min-width: 30rem) { dl { grid-template-columns: minmax(8rem, auto) 1fr } }
dt { font-weight: 600 }
dd { margin: 0; overflow-wrap: anywhere }
]] .. people .. window

return style
