--- App Dashboard > Products > Instagram > Basic Display (or the successor's setup
--- page): ids, addresses, testers, permissions, and the User Token Generator.

local apps = require "instagram.sandbox.apps"
local check = require "instagram.sandbox.check"
local frame = require "instagram.sandbox.pages.apps_frame"
local generator = require "instagram.sandbox.generator"
local h = require "instagram.sandbox.pages.html"
local levels = require "instagram.sandbox.pages.apps_levels"
local page = require "instagram.sandbox.pages.page"
local snippets = require "instagram.sandbox.pages.apps_snippets"
local testers = require "instagram.sandbox.testers"
local users = require "instagram.sandbox.users"

local places = {}

-- --- ids and addresses --------------------------------------------------------------

-- The secret is in the page only when it was asked for.
local function secret(ctx, app)
  local path = frame.path(app, "instagram")
  if ctx:param("show") == "secret" then
    return { h.code { class = "copy", app.secret }, " ", h.a { href = path, "Hide" } }
  end
  return { h.span { ["aria-hidden"] = "true", ("\226\128\162"):rep(8) }, " ",
    h.a { href = path .. "?show=secret", ["aria-label"] = "Show the Instagram App "
      .. "Secret", "Show" } }
end

local function ids(ctx, app)
  return { frame.facts {
      { "Instagram App ID", h.code { class = "copy", app.client_id } },
      { "Instagram App Name", app.name },
      { "Instagram App Secret", secret(ctx, app) },
    }, frame.form(app, "instagram", "reset", "Reset secret", nil, "quiet") }
end

local function lines_of(text)
  local list = {}
  for line in (text or ""):gmatch("[^\r\n]+") do
    line = line:gsub("^%s+", ""):gsub("%s+$", "")
    if line ~= "" then list[#list + 1] = line end
  end
  return list
end

local function addresses(ctx, app)
  local uris = table.concat(apps.redirects(ctx.world, app.client_id), "\n")
  return { h.h2 { "Client OAuth Settings" },
    frame.form(app, "instagram", "save", "Save changes", {
      frame.area("Valid OAuth Redirect URIs, one a line", "redirect_uris",
        frame.sent(ctx, "redirect_uris", uris), { required = true,
          spellcheck = "false", ["aria-describedby"] = "about-redirects" }),
      h.p { class = "hint", id = "about-redirects", "The window takes exactly these. "
        .. "An address without a path gets a slash at its end." },
      page.field("Deauthorize Callback URL", "deauthorize_url", { type = "url",
        value = frame.sent(ctx, "deauthorize_url", app.deauthorize_url) }),
      page.field("Data Deletion Request URL", "deletion_url", { type = "url",
        value = frame.sent(ctx, "deletion_url", app.deletion_url) }),
    }) }
end

-- --- the User Token Generator -------------------------------------------------------

local function generate_form(app, tester)
  return page.form(frame.path(app, "generate"), { class = "single",
    h.input { type = "hidden", name = "username", value = tester.username },
    h.button { type = "submit", ["aria-label"] = "Generate token for "
      .. tester.username, "Generate token" } })
end

local function tester_rows(ctx, app)
  local rows = {}
  for _, tester in ipairs(testers.of_app(ctx.world, app)) do
    if tester.accepted == 1 then
      local problem = generator.problem(ctx.world, app, tester)
      rows[#rows + 1] = { tester.username,
        problem and page.sentence(problem) or generate_form(app, tester) }
    end
  end
  return rows
end

local function portable()
  return h.p { class = "warning", h.b { "Tokens are portable! " }, "Anyone who has "
    .. "your token can use the API to pull data from the account it was generated for. "
    .. "Share tokens only with services you trust. Prefer services that give you code "
    .. "with a token placeholder, which you replace yourself." }
end

local function generator_part(ctx, app)
  local rows = tester_rows(ctx, app)
  return { h.h2 { "User Token Generator" },
    h.p { "Long-lived tokens for your testers' public accounts, without App Review and "
      .. "in Development Mode." }, portable(),
    #rows > 0 and page.table("Instagram Testers", { "Account", "Token" }, rows)
      or h.p { "There are no testers yet." },
    h.p { h.a { href = frame.path(app, "roles"),
      "Add or Remove Instagram Testers" } } }
end

local function permissions(ctx, app)
  return { h.h2 { "App Review for Instagram" }, levels(ctx, app),
    h.p { h.a { href = frame.path(app, "review"), "Requests" } } }
end

local function show(ctx, app, problem)
  local title = app.flavour == "basic_display" and "Instagram Basic Display"
    or "API setup with Instagram login"
  if app.product == 0 then
    return frame.page(ctx, app, "instagram", { title = title, problem = problem,
      body = { h.p { "The app has no Instagram product yet." },
        frame.type_problem(app), frame.set_up(app, title) } })
  end
  return frame.page(ctx, app, "instagram", { title = title, problem = problem,
    body = { ids(ctx, app), addresses(ctx, app), generator_part(ctx, app),
      permissions(ctx, app) } })
end

places.instagram = function(ctx, app)
  return frame.run(ctx, app, "instagram", show, {
    save = function(world, the_app)
      apps.update(world, the_app, { redirect_uris = lines_of(ctx:form("redirect_uris")),
        deauthorize_url = ctx:form("deauthorize_url") or "",
        deletion_url = ctx:form("deletion_url") or "" })
    end,
    reset = function(world, the_app) apps.reset_secret(world, the_app) end,
  })
end

-- --- generating ---------------------------------------------------------------------

-- The tool triggers the real window; who signs in there gets the token.
places.generate = function(ctx, app)
  if ctx.method ~= "POST" then
    return page.see_other(ctx, frame.path(app, "instagram"))
  end
  local user = users.named(ctx.world, ctx:form("username"))
  local problem = generator.problem(ctx.world, app, user)
  if problem then check.misuse(page.sentence(problem)) end
  return page.see_other(ctx, generator.window(ctx:origin(), app)
    .. "&force_reauth=true")
end

local function back(app)
  return h.p { h.a { href = frame.path(app, "instagram"),
    "Back to the User Token Generator" } }
end

local function no_token(ctx, app, problem)
  return frame.page(ctx, app, "instagram", { title = "No token",
    problem = page.sentence(problem), body = back(app) })
end

-- Room for the whole token on a phone of 320 pixels, which has 24 letters a line.
local function rows_for(token) return math.ceil(#token / 24) end

local function token_page(ctx, app, token, user)
  return frame.page(ctx, app, "instagram", { title = "Your token", body = {
    h.p { "A long-lived token of ", h.b { user.username }, ", good for 60 days. It is "
      .. "shown once: copy it now." },
    h.p { class = "field", h.label { ["for"] = "token", "Token" },
      h.textarea { id = "token", class = "copy", rows = rows_for(token),
        readonly = true, spellcheck = "false", token } },
    portable(), snippets(ctx.origins.graph, app), back(app) } })
end

places.token = function(ctx, app)
  if ctx:param("error") then
    return no_token(ctx, app, "the window was cancelled: nothing was granted")
  elseif not ctx:param("code") then
    return page.see_other(ctx, frame.path(app, "instagram"))
  end
  local ok, token, user = pcall(generator.redeem, ctx.world, app, ctx:param("code"))
  if ok then return token_page(ctx, app, token, user) end
  if not check.is_misuse(token) then error(token, 0) end
  return no_token(ctx, app, token.misuse)
end

return places
