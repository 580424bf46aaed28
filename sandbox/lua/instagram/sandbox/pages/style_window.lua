--- Rules of the style sheet for the front page, the Authorization Window, logging in.

return [[
body.bare main { max-width: 27rem; padding-top: 1rem }
@media (min-width: 30rem) { body.bare main { padding-top: 3rem } }
.sheet { background: var(--paper); border: 1px solid var(--line); border-radius: 16px;
  padding: 1.25rem }
.sheet > :first-child { margin-top: 0 }
.sheet > :last-child { margin-bottom: 0 }
.sheet h1 { font-size: 1.375rem }
.sheet h2 { font-size: 1rem; margin: 1.25rem 0 .5rem }
.bare main > .hint { text-align: center }
.asking { text-align: center }
.asking span { font-weight: 400 }
.tile-of { display: block; width: 56px; height: 56px; margin: 0 auto .75rem;
  border-radius: 14px; background: var(--soft); border: 1px solid var(--line);
  font-size: 1.5rem; font-weight: 600; line-height: 54px; text-align: center }
.people { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem }
.person { display: flex; align-items: center; gap: .75rem; width: 100%;
  min-height: 60px; padding: .45rem .75rem; border: 1px solid var(--line);
  border-radius: 12px; background: var(--paper); color: var(--ink); text-align: left;
  text-decoration: none }
button.person:hover, a.person:hover { background: var(--soft); filter: none }
.or { display: flex; align-items: center; gap: 1rem; margin: 1rem 0;
  color: var(--dim); font-size: .9rem }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line) }
.login .field { margin-bottom: .75rem }
.login button, .choice button, .facebook summary { width: 100% }
.current { border-bottom: 1px solid var(--line); margin-bottom: 1rem;
  padding-bottom: .75rem }
.current:last-child { border: 0; margin: 0; padding: 0 }
.current p { margin: 0 }
.current .person { border: 0; padding: 0 }
@media (min-width: 25rem) { .current .person + p { padding-left: calc(44px + .75rem) } }
.permissions { list-style: none; margin: .25rem 0 1.25rem; padding: 0 }
.permission { display: grid; grid-template-columns: 1fr auto; gap: 0 1rem;
  align-items: center; padding: .75rem 0; border-bottom: 1px solid var(--line) }
.permission label { font-weight: 600 }
.permission label span { font-weight: 400; color: var(--dim) }
.permission p { margin: 0; grid-column: 1; color: var(--dim); font-size: .9rem }
.permission input { grid-column: 2; grid-row: 1 / 3; width: 1.5rem; height: 1.5rem }
.choice { display: grid; gap: .5rem }
.facebook { margin-top: 1rem }
.facebook summary { display: block; list-style: none }
.facebook summary::-webkit-details-marker { display: none }
.lead { font-size: 1.125rem; max-width: 42rem }
.shelf { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem;
  grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)) }
.shelf .person { height: 100% }
.shelf .box { height: 100%; padding: 1rem; background: var(--paper);
  border: 1px solid var(--line); border-radius: 12px }
.box h3 { margin: 0 0 .25rem }
.box p { margin: 0 0 .75rem }
.box p:last-child { margin: 0 }
]]
