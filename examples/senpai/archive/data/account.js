window.YTD.account.part0 = [
  {
    "account" : {
      "email" : "aoi@hoshikuzu.example",
      "createdVia" : "oauth:129032",
      "username" : "aoi_hoshikuzu",
      "accountId" : "1200000000000000001",
      "createdAt" : "2022-04-07T09:30:00.000Z",
      "accountDisplayName" : "蒼井"
    }
  }
]
