// Logs in with passport-instagram-graph as npm has it, without the web server around it.
"use strict";
const Strategy = require("passport-instagram-graph");

const { CLIENT_ID, CLIENT_SECRET, REDIRECT_URI } = process.env;

const strategy = new Strategy(
  { clientID: CLIENT_ID, clientSecret: CLIENT_SECRET, callbackURL: REDIRECT_URI },
  (token, refreshToken, profile, done) => done(null, profile),
);
strategy.success = (profile) => console.log("user", profile.username, profile.accountType);
strategy.error = strategy.fail = (problem) => {
  console.error(problem);
  process.exitCode = 1;
};
strategy.authenticate({ query: { code: process.argv[2] } });
