"""What the shop shows, to sync and to async servers."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from tactful.django import async_client, client


def person(request: HttpRequest) -> str | None:
    return request.session.get("user")


def sign_in(request: HttpRequest, user: str) -> HttpResponse:
    request.session["user"] = user
    return JsonResponse({"user": user})


def pay(request: HttpRequest) -> HttpResponse:
    amount = float(request.GET.get("amount", 38.5))
    return thank(client().touchpoint("payment", params={"order": {"amount": amount}}))


async def pay_async(request: HttpRequest) -> HttpResponse:
    amount = float(request.GET.get("amount", 38.5))
    return thank(await async_client().touchpoint("payment", params={"order": {"amount": amount}}))


def thank(decision) -> HttpResponse:
    if decision.ask:
        return HttpResponse(f'<p>Thank you! <a href="{decision.invitation.url}">How was it?</a></p>')
    return HttpResponse("<p>Thank you!</p>")
