--- The one style sheet of all pages: readable on a phone, in light and dark.

local people = require "instagram.sandbox.pages.style_people"

local style = { path = "/sandbox/style.css", icon_path = "/sandbox/icon.svg" }

-- A frame with a hill and a sun.
style.icon = [[
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect x="2" y="2" width="28" height="28" rx="8" fill="#7a3ff2"/>
<circle cx="21" cy="11" r="4" fill="#ffd166"/>
<path d="M6 25 14 14l6 8 2-3 4 6z" fill="#fff"/>
</svg>
]]

style.sheet = [[
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fff; --line: #ccd0d5;
  --accent: #0064d1; --on-accent: #fff; --soft: #f0f2f5; --bad: #b3001b;
  --dim: #5b6067 }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e6eb; --paper: #18191a;
  --line: #4a4d52; --accent: #6cb2ff; --on-accent: #0b1622; --soft: #242526;
  --bad: #ff8a94; --dim: #a8adb5 } }
* { box-sizing: border-box }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper) }
main { max-width: 60rem; margin: 0 auto; padding: 1rem }
body.bare main { max-width: 26rem; padding-top: 2rem }
a { color: var(--accent) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
nav ul { display: flex; flex-wrap: wrap; gap: 0 1rem; list-style: none; margin: 0;
  padding: .5rem 1rem; border-bottom: 1px solid var(--line) }
nav a { display: inline-block; padding: .25rem 0 }
nav a[aria-current] { font-weight: 600; color: var(--ink) }
button, input, select, textarea { font: inherit; color: inherit;
  background: var(--paper); border: 1px solid var(--line); border-radius: 6px;
  padding: .5rem .75rem; max-width: 100% }
button { background: var(--accent); border-color: var(--accent);
  color: var(--on-accent); cursor: pointer; min-height: 44px }
button.quiet { background: transparent; color: var(--accent) }
.field label { display: block }
.field input, .field select, .field textarea { width: 100%; max-width: 30rem }
.problem { color: var(--bad); font-weight: 600 }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; font-weight: 600 }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; vertical-align: top;
  border-bottom: 1px solid var(--line) }
code, pre { background: var(--soft); overflow-wrap: anywhere }
pre { padding: .75rem; white-space: pre-wrap }
.dashboard { display: grid; gap: 1rem 2rem }
@media (min-width: 48rem) { .dashboard { grid-template-columns: 13rem 1fr } }
.content { min-width: 0 }
.side h2 { font-size: .875rem; margin: .5rem 0 0 }
.content .wide, .content section { margin: 1rem 0 }
.content h2, .content h3 { overflow-wrap: anywhere }
.side div { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: baseline }
.side ul { border: 0; padding: 0 }
@media (min-width: 48rem) { .side div, .side ul { display: block } }
.badge, time { white-space: nowrap }
.badge { border: 1px solid var(--line); border-radius: 6px; padding: 0 .5rem }
.done { background: var(--soft); padding: .5rem .75rem; border-radius: 6px }
.warning { border-left: 4px solid var(--bad); padding-left: .75rem }
.copy { user-select: all }
textarea.copy { width: 100%; font-family: monospace }
dl { display: grid; gap: .25rem 1rem }
@media (min-width: 30rem) { dl { grid-template-columns: minmax(8rem, auto) 1fr } }
dt { font-weight: 600 }
dd { margin: 0; overflow-wrap: anywhere }
]] .. people

return style
