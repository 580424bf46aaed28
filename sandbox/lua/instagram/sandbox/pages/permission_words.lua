--- What permissions are called when people are asked for them, and what they let an app
--- do: in the window by scope, in Apps and Websites by permission. The words are
--- invented.

local profile = { "Profile", "Your username and account type." }
local posts = { "Photos and videos", "Everything you posted, with captions and dates." }

return {
  user_profile = profile, instagram_graph_user_profile = profile,
  user_media = posts, instagram_graph_user_media = posts,
  instagram_business_basic = { "Profile and posts",
    "Your profile and everything you posted, with captions and dates." },
  instagram_business_manage_messages = { "Messages", "Read and answer your messages." },
  instagram_business_manage_comments = { "Comments",
    "Read, answer, hide and delete comments on your posts." },
  instagram_business_content_publish = { "Publishing",
    "Publish photos and videos for you." },
  instagram_business_manage_insights = { "Insights",
    "See how your account and your posts are doing." },
}
