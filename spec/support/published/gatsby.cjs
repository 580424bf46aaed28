// Walks a whole feed with gatsby-source-instagram-all as npm has it; what it would hand
// to Gatsby is counted. Its pictures are another package's matter and not fetched.
"use strict";
const filesystem = require("gatsby-source-filesystem");
filesystem.createRemoteFileNode = async () => null;
const { sourceNodes } = require("gatsby-source-instagram-all");

const nodes = [];
const actions = { createNode: (node) => nodes.push(node) };
sourceNodes({ actions, createNodeId: (text) => text, getCache: () => ({}) },
  { access_token: process.argv[2], plugins: [] }).then(() => {
  const albums = nodes.filter((node) => node.album);
  console.log(nodes.length, "posts of", nodes[0].username);
  console.log(albums.length, "albums of", new Set(nodes.map((node) => node.media_id)).size);
});
