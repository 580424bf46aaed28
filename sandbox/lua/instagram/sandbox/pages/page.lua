--- The frame all pages share: head, style, navigation, and the small things pages are
--- made of (forms, tables, notes). No JavaScript, no outside resource.

local clock = require "instagram.sandbox.clock"
local h = require "instagram.sandbox.pages.html"
local media = require "instagram.sandbox.media"
local style = require "instagram.sandbox.pages.style"

local page = {}

-- No form-action: a browser applies it to redirects too, and the window's form ends
-- at the app's own address. Pictures and videos may stand on the media host.
local function policy(ctx)
  local media_host = " 'self' " .. ctx.origins.media
  return "default-src 'none'; style-src 'self'; img-src" .. media_host
    .. "; media-src" .. media_host .. "; base-uri 'none'; frame-ancestors 'none'"
end

local function headers(ctx, kind)
  return {
    { "Content-Type", kind },
    { "Cache-Control", "private, no-cache, no-store, must-revalidate" },
    { "X-Frame-Options", "DENY" }, { "X-Content-Type-Options", "nosniff" },
    { "Content-Security-Policy", policy(ctx) }, { "Referrer-Policy", "same-origin" },
    { "Date", clock.http(ctx.now) },
  }
end

local tabs = { { "/", "Sandbox" }, { "/people/", "People" }, { "/apps/", "Apps" },
  { "/sandbox/journal", "Journal" }, { "/sandbox/clock", "Clock" },
  { "/sandbox/faults", "Faults" }, { "/sandbox/callbacks", "Callbacks" },
  { "/sandbox/snapshots", "Snapshots" }, { "/sandbox/settings", "Settings" } }

local function navigation(ctx)
  local items = {}
  for i, tab in ipairs(tabs) do
    local here = ctx.request.path:sub(1, #tab[1]) == tab[1]
      and (tab[1] ~= "/" or ctx.request.path == "/")
    items[i] = h.li { h.a { href = tab[1], ["aria-current"] = here and "page",
      tab[2] } }
  end
  return h.nav { ["aria-label"] = "Sandbox", h.ul { items } }
end

--- A page.
---@param content table  title (text), body (nodes), status (200), bare (no navigation:
--- the pages Instagram itself shows), headers (more of them)
---@return table response
function page.answer(ctx, content)
  local text = "<!DOCTYPE html>\n" .. h.write(h.html { lang = "en",
    h.head {
      h.meta { charset = "utf-8" },
      h.title { content.title },
      h.meta { name = "viewport", content = "width=device-width, initial-scale=1" },
      h.link { rel = "stylesheet", href = style.path },
      h.link { rel = "icon", type = "image/svg+xml", href = style.icon_path },
    },
    h.body { class = content.bare and "bare",
      h.a { class = "skip", href = "#main", "Skip to the content" },
      not content.bare and h.header { navigation(ctx) },
      h.main { id = "main", tabindex = "-1", content.body },
    },
  }) .. "\n"
  local out = headers(ctx, "text/html; charset=utf-8")
  for _, pair in ipairs(content.headers or {}) do out[#out + 1] = pair end
  return { status = content.status or 200, body = text, gzip = true, headers = out }
end

--- The style sheet.
function page.sheet(ctx)
  local out = headers(ctx, "text/css; charset=utf-8")
  out[2][2] = "max-age=3600"
  return { status = 200, body = style.sheet, gzip = true, headers = out }
end

--- The picture a browser puts on its tab.
function page.icon(ctx)
  local out = headers(ctx, "image/svg+xml")
  out[2][2] = "max-age=3600"
  return { status = 200, body = style.icon, headers = out }
end

--- After a form was carried out: the browser goes on to `path` with a GET.
function page.see_other(ctx, path, more)
  local out = headers(ctx, "text/plain")
  out[#out + 1] = { "Location", path }
  for _, pair in ipairs(more or {}) do out[#out + 1] = pair end
  return { status = 303, body = "", headers = out }
end

--- What a rule says about a mistake, as a sentence for people; names stay as they are.
function page.sentence(text)
  if text:find("^%l+[ ,']") then text = text:gsub("^%l", string.upper) end
  return text:find("[.!?:]$") and text or text .. "."
end

--- A page that says what was wrong with a form, or that there is no such page.
function page.problem(ctx, status, message)
  return page.answer(ctx, { title = "That did not work", status = status, body = {
    h.h1 { "That did not work" }, h.p { class = "problem", role = "alert", message },
  } })
end

--- The address of a file behind a picture or video (a column of users and media).
function page.file_address(ctx, name)
  local text = media.addresses(ctx.world, ctx.origins.media)(name)
  return (text:sub(2, -2):gsub("\\/", "/"))
end

--- A person's picture and names.
---@param user table  a row of users
function page.face(ctx, user)
  local picture = user.picture and h.img { class = "face", alt = "", width = 44,
    height = 44, src = page.file_address(ctx, user.picture) }
  return { picture or h.span { class = "face" },
    h.span { class = "names", h.b { user.username }, " ",
      user.name ~= "" and h.span { user.name } } }
end

--- A form that posts to `action`; `parts` are its nodes.
function page.form(action, parts)
  return h.form { method = "post", action = action, class = parts.class, parts }
end

--- A labelled text field; `more` are further attributes (type, value, required, ...).
function page.field(label, name, more)
  local input = { id = "f-" .. name, name = name, type = "text" }
  for key, value in pairs(more or {}) do input[key] = value end
  return h.p { class = "field", h.label { ["for"] = input.id, label },
    h.input(input) }
end

--- A labelled choice; `options` is a list of {value, text}.
function page.choice(label, name, options, selected, id)
  local items = {}
  for i, option in ipairs(options) do
    items[i] = h.option { value = option[1], selected = option[1] == selected,
      option[2] }
  end
  id = id or "f-" .. name
  return h.p { class = "field", h.label { ["for"] = id, label },
    h.select { id = id, name = name, items } }
end

--- A labelled box to tick.
function page.tick(label, name, value, checked, more)
  local input = { type = "checkbox", name = name, value = value, checked = checked,
    id = "t-" .. name .. "-" .. tostring(value) }
  for key, extra in pairs(more or {}) do input[key] = extra end
  return h.p { class = "tick", h.input(input), " ",
    h.label { ["for"] = input.id, label } }
end

--- A button that sends the form; `name` and `value` say which one was pressed.
function page.button(text, name, value, class)
  return h.button { type = "submit", name = name, value = value, class = class, text }
end

local function table_rows(columns, rows)
  local body = {}
  for i, row in ipairs(rows) do
    local cells = { role = "row" }
    for j, column in ipairs(columns) do
      cells[j] = h.td { role = "cell", ["data-label"] = column, row[j] }
    end
    body[i] = h.tr(cells)
  end
  return body
end

--- A table of `columns` (texts) and `rows` (lists of nodes or texts) under a caption.
--- On a phone each row stands as a block of its own, with the column's name at each
--- cell (see style.lua); roles say that it is a table still.
function page.table(caption, columns, rows)
  local head = { role = "row" }
  for i, column in ipairs(columns) do
    head[i] = h.th { scope = "col", role = "columnheader", column }
  end
  return h.div { class = "wide", tabindex = "0", role = "region",
    ["aria-label"] = caption, h.table { role = "table", h.caption { caption },
    h.thead { role = "rowgroup", h.tr(head) },
    h.tbody { role = "rowgroup", table_rows(columns, rows) } } }
end

return page
