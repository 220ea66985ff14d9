window.YTD.note_tweet.part0 = [
  {
    "noteTweet" : {
      "noteTweetId" : "1885637771079643153",
      "updatedAt" : "2025-02-01T10:34:12.000Z",
      "lifecycle" : {
        "value" : "1",
        "name" : "SetFromTweet",
        "originalName" : "SetFromTweet",
        "annotations" : {}
      },
      "createdAt" : "2025-02-01T10:34:13.000Z",
      "core" : {
        "styletags" : [],
        "urls" : [],
        "text" : "観測に来る人へ、機材係からのお願いを書いておく〜！まず毛布は一人一枚、これは命より大事。次に、目が暗さに慣れるまで15分はスマホを見ないこと。懐中電灯には赤いセロハンを貼ってくれ。望遠鏡は順番に見るけど、のぞみは古いから優しく触れ。それから麦茶は俺が5リットル持っていく。最後に、曇っても泣かない。その時は部室でカレーにする〜！",
        "mentions" : [],
        "cashtags" : [],
        "hashtags" : []
      }
    }
  }
]
