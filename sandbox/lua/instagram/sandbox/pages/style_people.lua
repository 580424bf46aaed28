--- Rules of the style sheet for people's pages and the tools.

return [[
.who { display: flex; gap: .75rem; align-items: center; justify-content: flex-end;
  margin: 0; min-height: 44px }
.who a { display: flex; gap: .5rem; align-items: center; text-decoration: none }
.text { white-space: pre-line; overflow-wrap: anywhere }
.empty { text-align: center; padding: 3rem 1rem; color: var(--dim);
  border-top: 1px solid var(--line) }
.profile .button { background: var(--soft); border-color: var(--soft);
  color: var(--ink) }
.cards { list-style: none; padding: 0; display: grid; gap: .5rem;
  grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)) }
.card { display: grid; grid-template-columns: 44px 1fr; gap: 0 .75rem;
  align-items: center; padding: .75rem; border: 1px solid var(--line);
  border-radius: 12px; text-decoration: none; color: inherit;
  background: var(--paper) }
.card .hint { grid-column: 2 }
.card:hover { background: var(--soft) }
.profile { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; align-items: center;
  padding: 1rem 0 2rem }
.profile h1 { margin: 0; font-size: 1.5rem; font-weight: 400; overflow-wrap: anywhere }
.profile p { margin: .35rem 0 }
.portrait { width: 150px; height: 150px; border-radius: 50%; object-fit: cover;
  background: var(--soft) }
.about { flex: 1 1 16rem; min-width: 0 }
@media (max-width: 30rem) { .portrait { width: 84px; height: 84px }
  .profile { gap: 1rem } .about { flex-basis: 100% }
  .marker { top: .2rem; right: .2rem; padding: 0 .35rem; font-size: .7rem } }
.name { font-weight: 600 }
.counts { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; list-style: none;
  padding: 0; margin: .75rem 0 }
.grid { display: grid; grid-template-columns: repeat(3, 1fr); gap: 4px; padding: 0;
  margin: 0; list-style: none }
.tile { display: block; position: relative; aspect-ratio: 1; background: var(--soft);
  overflow: hidden }
.tile img { width: 100%; height: 100%; object-fit: cover; display: block }
.tile:hover img { opacity: .85 }
.tile:focus-visible { outline-offset: -3px }
.marker { position: absolute; top: .4rem; right: .4rem; padding: 0 .5rem;
  border-radius: 99px; background: rgba(0, 0, 0, .72); color: #fff; font-size: .8rem }
.pager { display: flex; flex-wrap: wrap; gap: 1rem; justify-content: center;
  padding: 1rem }
.pager a { padding: .5rem 1rem; border: 1px solid var(--line); border-radius: 6px;
  text-decoration: none }
.post { max-width: 36rem; margin: 0 auto }
.owner { font-size: 1rem; font-weight: 400; margin: .5rem 0 }
.owner a { display: flex; gap: .75rem; align-items: center; text-decoration: none;
  color: inherit }
.post img:not(.face), .post video { display: block; width: 100%; height: auto;
  background: #000; border-radius: 4px }
.album { display: flex; gap: .5rem; list-style: none; padding: 0; margin: 0 }
.album li { flex: 0 0 92% }
.menu ul { display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin: .5rem 0 1rem }
.menu a { display: block; padding: .5rem 0; text-decoration: none }
.menu a:hover { text-decoration: underline }
.menu a[aria-current] { color: var(--ink); font-weight: 600 }
.entries { list-style: none; padding: 0 }
.entries li { background: var(--paper); border: 1px solid var(--line);
  border-radius: 12px; padding: .75rem 1rem; margin-bottom: .75rem }
.entries .permissions li { background: none; border: 0; padding: 0; margin: 0 }
.entries h3 { margin: 0 }
.acts { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center }
.filter { display: flex; flex-wrap: wrap; gap: .75rem; align-items: flex-end }
.filter .field { margin: 0 }
.journal { list-style: none; padding: 0 }
.entry { border-bottom: 1px solid var(--line); padding: .6rem 0 }
.entry p { margin: .15rem 0; overflow-wrap: anywhere }
.entry .status { font-weight: 600 }
.entry.refused .status { color: var(--bad) }
.settings { display: grid; gap: 0 2rem; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)) }
.setting { margin: 0 0 1rem }
.setting label { font-family: ui-monospace, monospace; overflow-wrap: anywhere }
.setting .hint { margin: 0 }
.settings fieldset { border: 1px solid var(--line); border-radius: 6px;
  margin: 0 0 1rem; padding: .75rem }
details { margin: .25rem 0 }
.order { border-bottom: 1px solid var(--line) }
.order form { padding-bottom: 1rem }
.now time { white-space: normal }
.now { font-size: 1.5rem; font-variant-numeric: tabular-nums }
]]
