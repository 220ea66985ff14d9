window.__THAR_CONFIG = {
  "userInfo" : {
    "accountId" : "1200000000000000001",
    "userName" : "aoi_hoshikuzu",
    "displayName" : "蒼井"
  },
  "archiveInfo" : {
    "sizeBytes" : "0",
    "generationDate" : "2026-04-01T03:00:00.000Z",
    "isPartialArchive" : false,
    "maxPartSizeBytes" : "53687091200"
  },
  "dataTypes" : {
    "account" : {
      "mediaDirectory" : "data/account_media",
      "files" : [
        {
          "fileName" : "data/account.js",
          "globalName" : "YTD.account.part0",
          "count" : "1"
        }
      ]
    },
    "noteTweet" : {
      "mediaDirectory" : "data/note_tweet_media",
      "files" : [
        {
          "fileName" : "data/note-tweet.js",
          "globalName" : "YTD.note_tweet.part0",
          "count" : "1"
        }
      ]
    },
    "tweets" : {
      "mediaDirectory" : "data/tweets_media",
      "files" : [
        {
          "fileName" : "data/tweets.js",
          "globalName" : "YTD.tweets.part0",
          "count" : "74"
        }
      ]
    }
  }
}
