-- A state as the first sandbox kept it: schema version 1, its tables as they were
-- then (never changed), and a few rows.
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE apps (
  client_id TEXT PRIMARY KEY,
  flavour TEXT NOT NULL CHECK (flavour IN ('basic_display', 'instagram_login')),
  name TEXT NOT NULL,
  secret TEXT NOT NULL,
  mode TEXT NOT NULL DEFAULT 'development' CHECK (mode IN ('development', 'live')),
  version TEXT NOT NULL,
  created INTEGER NOT NULL);
CREATE TABLE redirects (
  client_id TEXT NOT NULL REFERENCES apps ON DELETE CASCADE,
  uri TEXT NOT NULL,
  PRIMARY KEY (client_id, uri));

CREATE TABLE files (
  name TEXT PRIMARY KEY,
  path TEXT,
  mime TEXT NOT NULL);

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL DEFAULT '',
  biography TEXT NOT NULL DEFAULT '',
  website TEXT NOT NULL DEFAULT '',
  account_type TEXT NOT NULL DEFAULT 'PERSONAL'
    CHECK (account_type IN ('PERSONAL', 'BUSINESS', 'MEDIA_CREATOR')),
  private INTEGER NOT NULL DEFAULT 0,
  picture TEXT REFERENCES files,
  followers_count INTEGER NOT NULL DEFAULT 0,
  follows_count INTEGER NOT NULL DEFAULT 0,
  made INTEGER NOT NULL DEFAULT 0);
CREATE TABLE testers (
  client_id TEXT NOT NULL REFERENCES apps ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
  accepted INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (client_id, user_id));

CREATE TABLE grants (
  client_id TEXT NOT NULL REFERENCES apps ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
  permissions TEXT NOT NULL,
  granted INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  PRIMARY KEY (client_id, user_id));
CREATE TABLE codes (
  code TEXT PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES apps ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
  redirect_uri TEXT NOT NULL,
  scopes TEXT NOT NULL,
  made INTEGER NOT NULL,
  used INTEGER);
CREATE TABLE tokens (
  token TEXT PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES apps ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('short', 'long')),
  made INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  dead TEXT CHECK (dead IN ('password', 'removed')));
CREATE INDEX tokens_of ON tokens (user_id, client_id);

CREATE TABLE media (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
  parent_id TEXT REFERENCES media ON DELETE CASCADE,
  position INTEGER NOT NULL DEFAULT 0,
  sort INTEGER NOT NULL,
  taken INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('IMAGE', 'VIDEO', 'CAROUSEL_ALBUM')),
  product TEXT NOT NULL DEFAULT 'FEED' CHECK (product IN ('FEED', 'REELS')),
  file TEXT REFERENCES files,
  thumbnail TEXT REFERENCES files,
  caption TEXT,
  alt_text TEXT,
  shortcode TEXT NOT NULL,
  like_count INTEGER NOT NULL DEFAULT 0,
  comments_count INTEGER NOT NULL DEFAULT 0,
  shared INTEGER NOT NULL DEFAULT 1,
  flagged INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX media_list ON media (user_id, sort) WHERE parent_id IS NULL;
CREATE INDEX media_children ON media (user_id, sort, position)
  WHERE parent_id IS NOT NULL;
CREATE INDEX media_parent ON media (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE bulk (
  number INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL UNIQUE REFERENCES users ON DELETE CASCADE,
  count INTEGER NOT NULL,
  albums INTEGER NOT NULL,
  children INTEGER NOT NULL,
  newest INTEGER NOT NULL);
CREATE TABLE hidden (
  user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
  place INTEGER NOT NULL,
  PRIMARY KEY (user_id, place));

INSERT INTO meta VALUES ('clock', '1700000000.000'), ('serial', '4');
INSERT INTO apps VALUES
  ('6810427395018264', 'basic_display', 'Sandbox Basic Display',
   '3f9ad0c6b17e4582a6d0c94be25f7183', 'development', 'v18.0', 1600000000),
  ('1725038640915527', 'instagram_login', 'Sandbox Instagram Login',
   'c85e17b2f04d49a3916be3d7a02c68f4', 'development', 'v18.0', 1600000000);
INSERT INTO redirects VALUES
  ('6810427395018264', 'https://localhost/auth/'),
  ('1725038640915527', 'https://localhost/auth/');
INSERT INTO files VALUES ('1_2_3_n.jpg', NULL, 'image/jpeg');
INSERT INTO users (id, username, account_type, made) VALUES
  ('17841000000000001', 'anna', 'BUSINESS', 3),
  ('17841000000000002', 'ben', 'PERSONAL', 0);
INSERT INTO testers VALUES ('6810427395018264', '17841000000000001', 1);
INSERT INTO grants VALUES ('6810427395018264', '17841000000000001',
  'instagram_graph_user_profile,instagram_graph_user_media', 1699990000, 1707766000);
INSERT INTO codes VALUES
  ('AQspent', '6810427395018264', '17841000000000001', 'https://localhost/auth/',
   'user_profile,user_media', 1699999000, 1699999100),
  ('AQfresh', '6810427395018264', '17841000000000001', 'https://localhost/auth/',
   'user_profile,user_media', 1699999000, NULL);
INSERT INTO tokens VALUES ('IGQVold', '6810427395018264', '17841000000000001', 'long',
  1699990000, 1705174000, NULL);
INSERT INTO media (id, user_id, parent_id, position, sort, taken, kind, file, caption,
  shortcode) VALUES
  ('17850000000000001', '17841000000000001', NULL, 0, 1690000000000, 1690000000, 'IMAGE',
   '1_2_3_n.jpg', 'eins', 'C0000000001'),
  ('17850000000000003', '17841000000000001', NULL, 0, 1690000001000, 1690000001,
   'CAROUSEL_ALBUM', '1_2_3_n.jpg', 'zwei', 'C0000000003'),
  ('17850000000000004', '17841000000000001', '17850000000000003', 0, 1690000001000,
   1690000001, 'IMAGE', '1_2_3_n.jpg', NULL, 'C0000000004');
PRAGMA user_version = 1;
