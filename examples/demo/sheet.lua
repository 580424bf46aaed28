--- The contact sheet: one HTML page without outside help, which works from the disk, in
--- light and dark, without scripts too. Knows how media look that reading.lua prepared.
local style = require "sheet_style"

local sheet = {}

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;",
  ["'"] = "&#39;" }

--- Text as HTML; bytes that would end an attribute or a tag cannot.
function sheet.escape(text)
  return (tostring(text):gsub("[&<>\"']", entities):gsub("%z", ""))
end

local escape = sheet.escape

-- A link goes to the web or nowhere: an answer's word is not trusted to be an address.
local function link_of(address)
  if type(address) == "string" and address:find "^https?://[^%s]+$" then
    return escape(address)
  end
end

local months = { "January", "February", "March", "April", "May", "June", "July",
  "August", "September", "October", "November", "December" }

local function date_of(timestamp)
  local year, month, day = tostring(timestamp or ""):match "^(%d%d%d%d)-(%d%d)-(%d%d)"
  if not months[tonumber(month)] then return "", "", "undated" end
  return ("%d %s %s"):format(tonumber(day), months[tonumber(month)], year),
    ("%s-%s-%s"):format(year, month, day), year
end

local function grouped(number)
  local text, changed = ("%.0f"):format(number), 1
  while changed > 0 do
    text, changed = text:gsub("^(%d+)(%d%d%d)", "%1,%2")
  end
  return text
end

-- Breadth over height, within what a wall of pictures can bear.
local function ratio_of(node)
  local ratio = node.width and node.width / node.height or 1
  return math.max(0.56, math.min(ratio, 2.2))
end

local function alt_of(media, node)
  local text = node.alt_text or media.alt_text or media.caption or "no caption"
  text = text:gsub("%s+", " ")
  if #text > 140 then -- cut between characters, not inside one
    text = text:sub(1, 140):gsub("[\192-\255][\128-\191]*$", "") .. "…"
  end
  return escape(text)
end

local function picture(media, node)
  return ('<a href="%s"><img loading="lazy" src="%s" alt="%s"></a>'):format(
    escape(node.file.relative), escape(node.file.relative), alt_of(media, node))
end

local function film(media, node)
  local poster = ""
  if node.poster then
    poster = (' poster="%s"'):format(escape(node.poster.relative))
  end
  return ('<video controls playsinline loop muted preload="%s"%s src="%s" '
    .. 'aria-label="%s"></video>'):format(node.poster and "none" or "metadata", poster,
    escape(node.file.relative), alt_of(media, node))
end

local function still(media, node)
  if node.poster then
    return ('<img loading="lazy" src="%s" alt="%s">'):format(
      escape(node.poster.relative), alt_of(media, node))
  end
  return '<p class="none">Instagram gives no file for this one</p>'
end

local function view(media, node)
  if not node.file then return still(media, node) end
  if node.media_type == "VIDEO" then return film(media, node) end
  return picture(media, node)
end

-- An album is a strip to push sideways, as high as its first picture.
local function frame(media)
  if media.media_type ~= "CAROUSEL_ALBUM" then return view(media, media), media end
  local parts, first = {}, nil
  for i, child in ipairs(media.children or {}) do
    first = first or child
    parts[i] = '<div class="page">' .. view(media, child) .. "</div>"
  end
  return ('<div class="strip" tabindex="0">%s</div>'):format(table.concat(parts)),
    first or media
end

local kinds = { IMAGE = "picture", VIDEO = "video", CAROUSEL_ALBUM = "album" }

local function badge(media)
  if media.media_type == "CAROUSEL_ALBUM" then
    return ('<span class="badge">%d</span>'):format(#(media.children or {}))
  elseif media.media_type == "VIDEO" then
    return '<span class="badge"></span>'
  end
  return ""
end

local function post(media)
  local inside, first = frame(media)
  local day, iso = date_of(media.timestamp)
  local address = link_of(media.permalink)
  local time = ('<time datetime="%s">%s</time>'):format(iso, day)
  if address then
    time = ('<a href="%s" rel="noreferrer">%s</a>'):format(address, time)
  end
  if media.like_count then
    time = time .. ('<span class="likes">%s</span>'):format(grouped(media.like_count))
  end
  return ('<figure class="post %s" style="--r:%.4f"><div class="frame">%s%s</div>'
    .. '<figcaption>%s%s</figcaption></figure>'):format(
    kinds[media.media_type] or "picture", ratio_of(first), inside, badge(media),
    '<div class="line">' .. time .. "</div>",
    media.caption and '<p dir="auto">' .. escape(media.caption) .. "</p>" or "")
end

local function head(profile, list)
  local facts = { ("<b>%s</b> posts"):format(grouped(profile.media_count or #list)) }
  if profile.followers_count then
    facts[#facts + 1] = ("<b>%s</b> followers"):format(grouped(profile.followers_count))
  end
  if profile.follows_count then
    facts[#facts + 1] = ("<b>%s</b> following"):format(grouped(profile.follows_count))
  end
  local name, portrait, bio = profile.username or profile.id or "", "", ""
  if profile.file then
    portrait = ('<img class="portrait" src="%s" alt="">'):format(
      escape(profile.file.relative))
  end
  if profile.biography then
    bio = '<p class="bio" dir="auto">' .. escape(profile.biography) .. "</p>"
  end
  return ('<header>%s<div><h1 dir="auto">%s</h1><p class="handle">@%s</p>'
    .. '<p class="facts">%s</p>%s</div></header>'):format(portrait,
    escape(profile.name or name), escape(name), table.concat(facts, " "), bio)
end

local function filters(list)
  local tally = { picture = 0, video = 0, album = 0 }
  for _, media in ipairs(list) do
    local kind = kinds[media.media_type] or "picture"
    tally[kind] = tally[kind] + 1
  end
  local inputs = { '<input type="radio" name="show" id="all" checked>' }
  local labels = { '<label for="all">All</label>' }
  for _, kind in ipairs { "picture", "video", "album" } do
    if tally[kind] > 0 then
      inputs[#inputs + 1] = ('<input type="radio" name="show" id="%ss">'):format(kind)
      labels[#labels + 1] = ('<label for="%ss">%s <b>%d</b></label>'):format(kind,
        kind:sub(1, 1):upper() .. kind:sub(2) .. "s", tally[kind])
    end
  end
  return table.concat(inputs), "<nav>" .. table.concat(labels) .. "</nav>"
end

local function walls(list)
  local parts, open = {}, nil
  for _, media in ipairs(list) do
    local _, _, year = date_of(media.timestamp)
    if year ~= open then
      if open then parts[#parts + 1] = "</div></section>" end
      parts[#parts + 1] = ('<section><h2>%s</h2><div class="wall">'):format(year)
      open = year
    end
    parts[#parts + 1] = post(media)
  end
  if open then parts[#parts + 1] = "</div></section>" end
  return table.concat(parts, "\n")
end

--- The whole page.
---@param profile table
---@param list table[] media, newest first
---@return string html
function sheet.page(profile, list)
  local inputs, labels = filters(list)
  return table.concat({
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    "<title>@" .. escape(profile.username or profile.id or "") .. "</title>",
    "<style>" .. style.css .. "</style></head><body>",
    inputs, head(profile, list), labels,
    "<main>" .. walls(list) .. "</main>",
    '<dialog id="view"><div class="big"></div><div class="text">',
    '<div class="line"></div><p dir="auto"></p></div></dialog>',
    "<script>" .. style.script .. "</script>",
    "</body></html>\n",
  }, "\n")
end

return sheet
